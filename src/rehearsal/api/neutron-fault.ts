/** Errors of Neutron's API, thrown where a request turns out bad and answered in Neutron's form. */
import { STATUS_CODES } from 'node:http';
import { Refusal } from './refusal.ts';
import type { ApiAnswer } from './route.ts';

export function neutronError(status: number, message: string, type?: string): ApiAnswer {
  const title = `HTTP${(STATUS_CODES[status] ?? 'Error').replaceAll(' ', '')}`;
  return { status, json: { NeutronError: { type: type ?? title, message, detail: '' } } };
}

/** Nothing has changed when it is thrown: the changes of a request stand in its answer. */
export class NeutronFault extends Refusal {
  constructor(status: number, type: string, message: string) {
    super(neutronError(status, message, type), message);
    this.name = 'NeutronFault';
  }
}

export function badRequest(message: string): NeutronFault {
  return new NeutronFault(400, 'HTTPBadRequest', message);
}

export function invalidInput(message: string): NeutronFault {
  return new NeutronFault(400, 'InvalidInput', `Invalid input for operation: ${message}.`);
}

/** `rule` is what the policy asks for, like rule:create_network. */
export function disallowed(rule: string): NeutronFault {
  return new NeutronFault(403, 'PolicyNotAuthorized', `${rule} is disallowed by policy`);
}

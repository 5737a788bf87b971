/** Answers that cut a handler short: thrown where the fault is found, given by the route. */
import type { ApiAnswer, Route } from './route.ts';

export class Refusal extends Error {
  readonly answer: ApiAnswer;

  constructor(answer: ApiAnswer, message = `refused with ${answer.status}`) {
    super(message);
    this.name = 'Refusal';
    this.answer = answer;
  }
}

/** The route as it stands, its refusals being answers. */
export function answerRefusals(route: Route): Route {
  return {
    ...route,
    handle(request, view) {
      try {
        return route.handle(request, view);
      } catch (error) {
        if (error instanceof Refusal) return error.answer;
        throw error;
      }
    },
  };
}

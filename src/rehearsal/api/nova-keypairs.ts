/** Keypairs: imported or generated, with the fingerprint that Nova computes. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { z } from 'zod';
import { ACCOUNT } from '../account.ts';
import { type KeypairRow, put, remove } from '../world.ts';
import { readBody } from './bodies.ts';
import { answerPage, novaError, refuse, speaks } from './nova-answers.ts';
import type { ApiAnswer, ApiRequest, Route, View } from './route.ts';

const body = z.strictObject({
  keypair: z.strictObject({
    name: z.string().min(1).max(255),
    public_key: z.string().min(1).optional(),
    type: z.literal('ssh').optional(),
    user_id: z.string().optional(),
  }),
});
const KNOWN_NAME = /^[\w\- ]+$/;
const NAME_CHARACTERS = '[_- 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ]';

function fingerprintOf(publicKey: string): string {
  if (ssh2.utils.parseKey(publicKey) instanceof Error)
    return refuse(400, 'Keypair data is invalid: failed to generate fingerprint');
  const blob = Buffer.from(publicKey.trim().split(/\s+/)[1] ?? '', 'base64');
  return (createHash('md5').update(blob).digest('hex').match(/../g) ?? []).join(':');
}

/** RSA, since that is what Nova makes. */
function generate(): { readonly privateKey: string; readonly publicKey: string } {
  const privateKey = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  }).privateKey;
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return { privateKey, publicKey: `ssh-rsa ${parsed.getPublicSSH().toString('base64')} Generated-by-Nova` };
}

function describe(row: KeypairRow, request: ApiRequest): object {
  const type = speaks(request, 2) ? { type: 'ssh' } : {};
  return { name: row.name, public_key: row.publicKey, fingerprint: row.fingerprint, ...type };
}

function createKeypair(request: ApiRequest, view: View): ApiAnswer {
  const { keypair } = readBody(body, request.body);
  const { world, settings } = view;
  const name = keypair.name.trim();
  if (!KNOWN_NAME.test(name)) {
    const why = `The name must be: Only expected characters: ${NAME_CHARACTERS}`;
    return novaError(400, `An invalid 'name' value was provided. ${why}`);
  }
  if (keypair.public_key === undefined && speaks(request, 92))
    return novaError(
      400,
      `Invalid input for field/attribute keypair. Value: {'name': '${name}'}. 'public_key' is a required property`,
    );
  if (world.keypair.size >= settings.quotas.keyPairs) return novaError(403, 'Quota exceeded, too many key pairs.');
  const given = keypair.public_key;
  const fingerprint = given === undefined ? null : fingerprintOf(given);
  if (world.keypair.has(name)) return novaError(409, `Key pair '${name}' already exists.`);
  const made = given === undefined ? generate() : { publicKey: given };
  const row: KeypairRow = {
    name,
    publicKey: made.publicKey,
    fingerprint: fingerprint ?? fingerprintOf(made.publicKey),
    createdAtMs: view.nowMs,
  };
  const secret = 'privateKey' in made ? { private_key: made.privateKey } : {};
  return {
    status: speaks(request, 2) ? 201 : 200,
    json: { keypair: { ...secret, ...describe(row, request), user_id: ACCOUNT.user.id } },
    changes: [put('keypair', name, row)],
  };
}

function findKeypair({ params }: ApiRequest, { world }: View): KeypairRow {
  const name = params['name'] ?? '';
  return world.keypair.get(name) ?? refuse(404, `Keypair ${name} not found for user ${ACCOUNT.user.id}`);
}

function showKeypair(request: ApiRequest, view: View): ApiAnswer {
  const row = findKeypair(request, view);
  const order = [...view.world.keypair.keys()].indexOf(row.name) + 1;
  return {
    status: 200,
    json: {
      keypair: {
        ...describe(row, request),
        user_id: ACCOUNT.user.id,
        id: order,
        created_at: view.utc(row.createdAtMs).replace('Z', '.000000'),
        updated_at: null,
        deleted: false,
        deleted_at: null,
      },
    },
  };
}

function listKeypairs(request: ApiRequest, view: View): ApiAnswer {
  const rows = [...view.world.keypair.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  const marker = request.query.get('marker');
  if (marker !== null && !view.world.keypair.has(marker)) return novaError(400, `Marker ${marker} could not be found.`);
  const items = rows.map((row) => ({ id: row.name, row }));
  return answerPage('keypairs', items, request, view, ({ row }) => ({ keypair: describe(row, request) }));
}

const ofPath: NonNullable<Route['subject']> = ({ params }) => params['name'] ?? '';

export const keypairRoutes: readonly Route[] = [
  { operation: 'list-keypairs', method: 'GET', pattern: '/v2.1/os-keypairs', handle: listKeypairs },
  {
    operation: 'create-keypair',
    method: 'POST',
    pattern: '/v2.1/os-keypairs',
    subject: ({ body: sent }) => body.safeParse(sent).data?.keypair.name ?? '',
    handle: createKeypair,
  },
  {
    operation: 'show-keypair',
    method: 'GET',
    pattern: '/v2.1/os-keypairs/:name',
    subject: ofPath,
    handle: showKeypair,
  },
  {
    operation: 'delete-keypair',
    method: 'DELETE',
    pattern: '/v2.1/os-keypairs/:name',
    subject: ofPath,
    handle: (request, view) => ({
      status: speaks(request, 2) ? 204 : 202,
      changes: [remove('keypair', findKeypair(request, view).name)],
    }),
  },
];

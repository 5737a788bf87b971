/** What may stand in the body of a create of a server. */
import { z } from 'zod';
import { readBody } from './bodies.ts';
import { refuse, speaks } from './nova-answers.ts';
import type { ApiRequest } from './route.ts';

/** Python's decoder skips what is no letter of base64 and ends at the first complete padding. */
function isBase64(text: string): boolean {
  const [, letters = '', padding = ''] = /^([A-Za-z0-9+/]*)(=*)/.exec(text.replaceAll(/[^A-Za-z0-9+/=]/g, '')) ?? [];
  const rest = letters.length % 4;
  return rest === 0 || (rest > 1 && padding.length >= 4 - rest);
}

export const metadata = z.record(z.string().regex(/^[a-zA-Z0-9-_:. ]{1,255}$/), z.string().max(255));
export const tag = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[^,/]*$/);

/** What is none makes the whole choice it stands in unknown, which is how Nova tells it. */
const uuid = z.guid({ abort: true });

const network = z.strictObject({
  port: uuid.nullish(),
  uuid: uuid.optional(),
  fixed_ip: z.ipv4({ abort: true }).optional(),
  tag: z.string().optional(),
});
const count = z.coerce.number().int().min(1).optional();
const ignored = z.unknown().optional();

const server = z.strictObject({
  name: z.string().min(1).max(255),
  imageRef: z.union([uuid, z.literal('')]).optional(),
  flavorRef: z.union([z.string(), z.number()]),
  networks: z.union([z.literal('auto'), z.literal('none'), z.array(network)]).optional(),
  metadata: metadata.optional(),
  tags: z.array(tag).max(50).optional(),
  key_name: z.string().min(1).max(255).optional(),
  security_groups: z.array(z.strictObject({ name: z.string().min(1) })).optional(),
  user_data: z.string().max(65_535).refine(isBase64, 'base64').nullish(),
  availability_zone: z.string().min(1).max(255).optional(),
  min_count: count,
  max_count: count,
  adminPass: z.string().optional(),
  config_drive: ignored,
  description: ignored,
  hostname: ignored,
  block_device_mapping: ignored,
  block_device_mapping_v2: ignored,
  personality: ignored,
  return_reservation_id: ignored,
  trusted_image_certificates: ignored,
  accessIPv4: ignored,
  accessIPv6: ignored,
  'OS-DCF:diskConfig': ignored,
});
/** Microversion 2.37 makes everybody say what the server is to be plugged into. */
const serverOfToday = server.extend({ networks: server.shape.networks.unwrap() });
const hints = { 'os:scheduler_hints': ignored, 'OS-SCH-HNT:scheduler_hints': ignored };

export type ServerRequest = z.infer<typeof server>;

/** Throws a `Refusal` for what Nova's validation refuses before it looks at anything else. */
export function readCreate(request: ApiRequest): ServerRequest {
  const schema = z.strictObject({ server: speaks(request, 37) ? serverOfToday : server, ...hints });
  const { server: wanted } = readBody(schema, request.body);
  if (wanted.tags !== undefined && !speaks(request, 52))
    return refuse(400, "Additional properties are not allowed ('tags' was unexpected)");
  if (wanted.name.trim() !== wanted.name)
    return refuse(
      400,
      "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.",
    );
  const { min_count: min = 1, max_count: max = min } = wanted;
  if (min > max) return refuse(400, 'min_count must be <= max_count');
  if (max > 1) return refuse(400, 'The rehearsal cloud makes one server at a time: min_count and max_count must be 1.');
  return wanted;
}

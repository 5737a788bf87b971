/** Tags of what can be made in Neutron. https://docs.openstack.org/api-ref/network/v2/#standard-attributes-tag-extension */
import { put, type RowOf } from '../world.ts';
import { read } from './neutron-attributes.ts';
import { invalidInput, NeutronFault } from './neutron-fault.ts';
import { floatingIpsOf, groupsOf, portsOf } from './neutron-world.ts';
import type { ApiAnswer, ApiRequest, Route, View } from './route.ts';

type TaggedKind = 'port' | 'security-group' | 'floating-ip';

interface TaggedCollection<K extends TaggedKind> {
  readonly kind: K;
  /** Its part of the path. */
  readonly path: string;
  readonly rowsOf: (view: View) => readonly RowOf<K>[];
}

function readTags({ body }: ApiRequest): readonly string[] {
  const tags = (body as Record<string, unknown> | null)?.['tags'];
  if (tags === undefined) throw invalidInput('Invalid tags body');
  return read.tags(tags);
}

function tagRoutes<K extends TaggedKind>({ kind, path, rowsOf }: TaggedCollection<K>): readonly Route[] {
  const all = `/v2.0/${path}/:id/tags`;
  const one = `${all}/:tag`;
  const rowOf = ({ params }: ApiRequest, view: View): RowOf<K> => {
    const row = rowsOf(view).find(({ id }) => id === params['id']);
    if (row !== undefined) return row;
    throw new NeutronFault(404, 'TagResourceNotFound', `Resource ${path} ${params['id'] ?? ''} could not be found.`);
  };
  const tagOf = (request: ApiRequest, row: RowOf<K>): string => {
    const tag = request.params['tag'] ?? '';
    if (!row.tags.includes(tag)) throw new NeutronFault(404, 'TagNotFound', `Tag ${tag} could not be found.`);
    return tag;
  };
  const setTags = (row: RowOf<K>, tags: readonly string[], answer: ApiAnswer): ApiAnswer => ({
    ...answer,
    changes: [put(kind, row.id, { ...row, tags })],
  });
  const route = (
    verb: string,
    method: Route['method'],
    pattern: string,
    handle: (row: RowOf<K>, request: ApiRequest) => ApiAnswer,
  ): Route => ({
    operation: `${verb}-${kind}-tags`,
    method,
    pattern,
    handle: (request, view) => handle(rowOf(request, view), request),
  });
  return [
    route('list', 'GET', all, ({ tags }) => ({ status: 200, json: { tags } })),
    route('replace', 'PUT', all, (row, request) => {
      const tags = readTags(request);
      return setTags(row, tags, { status: 200, json: { tags } });
    }),
    route('clear', 'DELETE', all, (row) => setTags(row, [], { status: 204 })),
    route('check', 'GET', one, (row, request) => {
      tagOf(request, row);
      return { status: 204 };
    }),
    route('add', 'PUT', one, (row, { params }) =>
      setTags(row, [...new Set([...row.tags, params['tag'] ?? ''])], { status: 201, json: null }),
    ),
    route('remove', 'DELETE', one, (row, request) => {
      const tag = tagOf(request, row);
      return setTags(
        row,
        row.tags.filter((other) => other !== tag),
        { status: 204 },
      );
    }),
  ];
}

export const TAG_ROUTES: readonly Route[] = [
  ...tagRoutes({ kind: 'port', path: 'ports', rowsOf: portsOf }),
  ...tagRoutes({ kind: 'security-group', path: 'security-groups', rowsOf: groupsOf }),
  ...tagRoutes({ kind: 'floating-ip', path: 'floatingips', rowsOf: floatingIpsOf }),
];

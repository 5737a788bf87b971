/** Where a request went, in words for people: method, URL, request id; and others' text made fit for a line of ours. */

/** The request as far as its classification needs it. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  /** A lost answer to it leaves its effect unknown. */
  readonly isWrite: boolean;
}

/** Text of others, fit for one line of ours: control characters escaped, cut at 200. */
export function excerpt(text: string): string {
  const escaped = JSON.stringify(text.slice(0, 200)).slice(1, -1).replaceAll('\\"', '"');
  // JSON leaves DEL, C1 controls and bidirectional overrides as they are.
  const visible = escaped.replaceAll(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return visible.length > 200 ? `${visible.slice(0, 199)}…` : visible;
}

/** The id under which the cloud's operators find the request. */
export function requestIdOf(headers: Headers): string | null {
  return headers.get('x-openstack-request-id') ?? headers.get('x-compute-request-id');
}

/** `POST https://…/servers (req-…)`. */
export function place(asked: Asked, headers?: Headers): string {
  const id = headers === undefined ? null : requestIdOf(headers);
  return `${asked.method} ${asked.url}${id === null ? '' : ` (${excerpt(id)})`}`;
}

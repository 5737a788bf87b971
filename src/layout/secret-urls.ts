/** URLs that must not be stored and shown. */

/** Whether a URL holds credentials, or a query or a fragment, in which some may be. */
export function hasSecret(url: string): boolean {
  return /^[a-z+]+:\/\/[^/]*@/i.test(url) || /[?#]/.test(url);
}

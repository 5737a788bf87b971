/** The list of providers, and how credentials and a cloud are had from them; OpenStack is the one there is. */

export { openOpenStack as openCloud } from './openstack/client.ts';
export { readCredentials } from './openstack/credentials.ts';

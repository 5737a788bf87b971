/** Words that the jobs of verify share: asking the cloud as its admin, telling facts, waiting for another verify. */
import { AS_STACK } from './stack-user.ts';

/** For scripts of sh; `$work` is the folder of the run, which goes with it. Facts are lines of JSON, texts from outside in base64. */
export const VERIFY_WORDS = `
os() { timeout 600 ${AS_STACK} OS_CLOUD=devstack-admin openstack "$@" </dev/null; }
doing() { echo "{\\"fact\\":\\"doing\\",\\"what\\":\\"$1\\"}"; }
encode_end() { tail -c 1000 "$1" | base64 -w0; }
names() { sort -u "$1" | sed 's/.*/"&"/' | paste -sd, -; }
# stop FILE: nothing further can be tried; the file says why.
stop() {
  echo "{\\"fact\\":\\"stopped\\",\\"why\\":\\"$(encode_end "$1")\\"}"
  exit 0
}
# Two verifies would meet each other's servers, and fill the quota together.
take_turn() {
  exec 9>/run/builder-verify.lock
  echo 'another verify has been busy in this cloud for twenty minutes' >"$work/why"
  flock -w 1200 9 || stop "$work/why"
}
`;

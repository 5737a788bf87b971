/** `rehearsal serve`: a cloud for any other client, kept up until Ctrl-C, beside a builder that works on the same one. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, test } from 'vitest';
import { type Running, waitForOutput } from '../support/run-builder.ts';
import { rehearse } from './rehearse.ts';

const run = promisify(execFile);

interface Access {
  readonly url: string;
  readonly auth: Readonly<Record<string, string>>;
  readonly region_name: string;
}

async function accessOf(served: Running): Promise<Access> {
  await waitForOutput(served, (output) => output.includes('until Ctrl-C'));
  return JSON.parse(served.output().split('\n', 1)[0] ?? '') as Access;
}

async function end(served: Running): Promise<number | null> {
  served.child.kill('SIGINT');
  return (await served.ended).code;
}

describe.concurrent('serve', () => {
  test('prints one line with auth, which opens the cloud, and ends with Ctrl-C', async (context) => {
    const served = rehearse(context).start('rehearsal', 'serve', '-f', 'json');
    const { url, auth, region_name } = await accessOf(served);
    context.expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    context.expect(region_name).toBe('Rehearsal');
    const response = await fetch(`${auth['auth_url']}/v3/auth/tokens`, {
      method: 'POST',
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ['password'],
            password: {
              user: { name: auth['username'], domain: { name: auth['user_domain_name'] }, password: auth['password'] },
            },
          },
          scope: { project: { name: auth['project_name'], domain: { name: auth['project_domain_name'] } } },
        },
      }),
    });
    context.expect(response.status).toBe(201);
    context.expect(await end(served)).toBe(130);
  });

  test('prints lines for a shell', async (context) => {
    const served = rehearse(context).start('rehearsal', 'serve');
    await waitForOutput(served, (output) => output.includes('until Ctrl-C'));
    const { stdout } = await run('sh', [
      '-c',
      `${served.output().split('\na rehearsal')[0]}\necho "$OS_AUTH_URL $OS_USERNAME"`,
    ]);
    context.expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/identity rehearsal\n$/);
    await end(served);
  });

  test('shows what a builder on the same state makes, as it is made', async (context) => {
    const rehearsal = rehearse(context);
    const served = rehearsal.start('rehearsal', 'serve', '-f', 'json', '--rehearsal-speed', '2000');
    await accessOf(served);
    context.expect((await rehearsal.run('create', '--cloud', 'rehearsal', '--rehearsal-speed', '2000')).code).toBe(0);
    context.expect(rehearsal.countMade('server')).toBe(3);
    context.expect((await rehearsal.run('destroy', '--rehearsal-speed', '2000')).code).toBe(0);
    context.expect(rehearsal.world().port.size).toBe(0);
    await end(served);
  });

  test('refuses a fault script with every problem and its line', async (context) => {
    const { run: build } = rehearse(context);
    const refused = await build('rehearsal', 'serve', '--rehearsal-faults', 'no/such.yaml');
    context.expect(refused).toMatchObject({ code: 2, stderr: context.expect.stringContaining('no file no/such.yaml') });
  });
});

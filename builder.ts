/** The entry of the process: private files from the first write on, then the command line's exit code. */
process.umask(0o077);
const { main } = await import('./src/main.ts');
process.exitCode = await main(process.argv.slice(2));

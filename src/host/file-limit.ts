/** How many files and sockets the system lets this process have open at once. */

/** null where nothing limits them, or the system does not say. Node has raised the soft limit to the hard one by now. */
export function readFileLimit(): number | null {
  // Interfaces and their names are looked up otherwise, which may take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { readonly userLimits?: Record<string, { readonly soft: unknown }> };
  const soft = report.userLimits?.['open_files']?.soft;
  return typeof soft === 'number' ? soft : null;
}

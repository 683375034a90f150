/** `x-custom-header` → `X-Custom-Header`, as HTTP APIs write the names of headers (recorded on AWS). */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase())
}

/**
 * Headers as ofetch uses them, over the plain object that undici takes. Names must be in lower case. The platform's own
 * class checks and copies every value, which costs as much as sending them.
 */
export class PlainHeaders {
  readonly fields: Record<string, string>

  constructor(fields: Record<string, string>) {
    this.fields = fields
  }

  get(name: string): string | null {
    return this.fields[name] ?? null
  }

  has(name: string): boolean {
    return name in this.fields
  }

  set(name: string, value: string): void {
    this.fields[name] = value
  }
}

/** A project that cannot be used; the message names the file, the place, what was found and what is expected. */
export class ProjectError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ProjectError'
  }
}

/** One thing that a language does, and others who do the same. A call is one operation, nothing kept between calls. */
export interface LanguageCase {
  /** What is given on the command line. */
  readonly name: string
  readonly title: string
  run(): unknown
  readonly peers: readonly { readonly name: string; run(): unknown }[]
  /** What a Java engine is given to do the same, as one line of JSON. */
  readonly java?: Readonly<Record<string, unknown>>
  /** The same for a Java engine that knows JSONPaths. */
  readonly javaPath?: Readonly<Record<string, unknown>>
  /** Fails when a peer does something else. */
  check?(): void
}

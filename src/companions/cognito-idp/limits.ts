/** Developer guide of Amazon Cognito, "Quotas in Amazon Cognito", where it has one. */
export const poolsMax = 1000
export const clientsPerPoolMax = 1000
export const groupsPerPoolMax = 10_000
export const groupsPerUserMax = 100
export const resourceServersPerPoolMax = 25
export const scopesPerResourceServerMax = 100
export const tagsMax = 50
export const attributesMax = 90
/** Ours: older sign-ins of a user end when there are more. */
export const sessionsPerUserMax = 100
export const passwordCharactersMax = 256
export const codeMs: number = 24 * 3_600_000
/** Wrong codes before a new one has to be asked for. */
export const codeTriesMax = 5
/** What a challenge may take to be answered. */
export const challengeMs = 180_000
export const pageItems = 60

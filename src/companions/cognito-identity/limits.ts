/** Developer guide of Amazon Cognito, "Quotas in Amazon Cognito", where it has one. */
export const identityPoolsMax = 1000
export const userPoolsPerPoolMax = 50
export const rulesPerMappingMax = 25
export const loginsMax = 10
export const tagsMax = 50
/** Ours: anybody may ask for an identity of a pool that takes guests. */
export const identitiesPerPoolMax = 500_000
/** API reference, GetOpenIdToken. */
export const openIdTokenSeconds = 600
/** API reference, GetOpenIdTokenForDeveloperIdentity. */
export const developerTokenSecondsDefault = 900
export const developerTokenSecondsMax = 86_400
/** Of the enhanced flow (developer guide, "Identity pools authentication flow"). */
export const credentialsSeconds = 3600

/** STS API reference. */
export const sessionSecondsMin = 900
/** Of a role that was taken by a session of another role (IAM User Guide, "Role chaining"). */
export const chainedSessionSecondsMax = 3600
export const rootSessionSecondsMax = 3600
export const sessionTokenSecondsDefault = 43_200
export const roleSessionSecondsDefault = 3600
/** Inline session policy, in characters. */
export const sessionPolicyCharactersMax = 2048
export const sessionPolicyArnsMax = 10
export const sessionTagsMax = 50

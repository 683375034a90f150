/** Settings of an account in a region. */
export interface AccountSettings {
  /** The role that access and execution logs are written with. */
  readonly cloudwatchRoleArn?: string | undefined
}

/** The one record of its kind. */
export const accountSettingsId = 'account'

/**
 * The names that API Gateway gives to combinations of TLS versions and ciphers: developer guide, "Supported security
 * policies". Where a name means different things for regional and edge-optimized domains, the regional meaning is
 * taken.
 */
export type SecurityPolicy =
  | 'TLS_1_0'
  | 'TLS_1_2'
  | 'SecurityPolicy_TLS13_1_3_2025_09'
  | 'SecurityPolicy_TLS13_1_3_FIPS_2025_09'
  | 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09'
  | 'SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09'
  | 'SecurityPolicy_TLS13_1_2_PQ_2025_09'
  | 'SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09'
  | 'SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09'
  | 'SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09'
  | 'SecurityPolicy_TLS13_1_2_2021_06'
  | 'SecurityPolicy_TLS13_2025_EDGE'
  | 'SecurityPolicy_TLS12_PFS_2025_EDGE'
  | 'SecurityPolicy_TLS12_2018_EDGE'

export interface PolicyRules {
  readonly minVersion: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3'
  /**
   * For TLS 1.2 and older, by their OpenSSL names. The library does not know all of them (AES128-SHA256, AES256-SHA256,
   * ECDHE-…-AES256-SHA384) and leaves those out; the ciphers of TLS 1.3 cannot be chosen.
   */
  readonly ciphers: readonly string[]
}

const GCM = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384'] as const
const CBC = ['AES128-SHA256', 'AES256-SHA384'] as const
const CBC_SHA1 = ['AES128-SHA', 'AES256-SHA'] as const
const forwardSecret = (ciphers: readonly string[]): string[] =>
  ciphers.flatMap((cipher) => [`ECDHE-ECDSA-${cipher}`, `ECDHE-RSA-${cipher}`])

const pfs = forwardSecret(GCM)
const pfsEdge = forwardSecret([...GCM, 'CHACHA20-POLY1305'])
const ordinary = [...forwardSecret([...GCM, ...CBC]), ...GCM, 'AES128-SHA256', 'AES256-SHA256']
const old = [...ordinary, ...forwardSecret(CBC_SHA1), ...CBC_SHA1]

const TLS13: PolicyRules = { minVersion: 'TLSv1.3', ciphers: [] }
const TLS12: PolicyRules = { minVersion: 'TLSv1.2', ciphers: ordinary }
const TLS12_PFS: PolicyRules = { minVersion: 'TLSv1.2', ciphers: pfs }
/** With the ciphers of SHA-1, that of the same name for load balancers; API Gateway's guide does not list it. */
const TLS12_EXT2: PolicyRules = { minVersion: 'TLSv1.2', ciphers: old }

export const securityPolicies: Readonly<Record<SecurityPolicy, PolicyRules>> = {
  TLS_1_0: { minVersion: 'TLSv1', ciphers: old },
  TLS_1_2: TLS12,
  SecurityPolicy_TLS13_1_3_2025_09: TLS13,
  SecurityPolicy_TLS13_1_3_FIPS_2025_09: TLS13,
  SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09: TLS12_PFS,
  SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09: TLS12_PFS,
  SecurityPolicy_TLS13_1_2_PQ_2025_09: TLS12,
  SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09: TLS12,
  SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09: TLS12_EXT2,
  SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09: TLS12_EXT2,
  SecurityPolicy_TLS13_1_2_2021_06: TLS12,
  SecurityPolicy_TLS13_2025_EDGE: TLS13,
  SecurityPolicy_TLS12_PFS_2025_EDGE: { minVersion: 'TLSv1.2', ciphers: pfsEdge },
  SecurityPolicy_TLS12_2018_EDGE: {
    minVersion: 'TLSv1.2',
    ciphers: forwardSecret([...GCM, 'CHACHA20-POLY1305', ...CBC]),
  },
}

import type { WebSocketCase } from './support/case.ts'
export const integrationCases: readonly WebSocketCase[] = []

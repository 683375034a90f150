import type { WebSocketCase } from './support/case.ts'
export const eventCases: readonly WebSocketCase[] = []

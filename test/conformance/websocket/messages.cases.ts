import type { WebSocketCase } from './support/case.ts'
export const messageCases: readonly WebSocketCase[] = []

import { MemoryConnectionRegistry } from '#store/connection-registry-memory.ts'
import { connectionRegistryContract } from './connection-registry.contract.ts'

connectionRegistryContract({
  name: 'in memory',
  create: async () => {
    const registry = new MemoryConnectionRegistry()
    return [registry, registry]
  },
})

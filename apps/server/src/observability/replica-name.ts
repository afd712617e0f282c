import { hostname } from 'node:os'

/** The name of this process among the replicas: `hostname` and `pid` of the log, and the traces' `service.instance.id`. */
export const replicaName = () => `${hostname()}:${process.pid}`

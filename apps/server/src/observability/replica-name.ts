import { hostname } from 'node:os'

/** Identifies this process among the replicas: `hostname` and `pid` of the log, and the traces' `service.instance.id`. */
export const replicaName = () => `${hostname()}:${process.pid}`

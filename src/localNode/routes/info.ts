// What the node says about itself: version, addresses, counters, and that its WebSocket is one (protocol §5.6, §5.7).
import { instanceHeader } from '../../shared/localNodeState.js'
import { HttpError, spaced, text, type Context, type Handler, type Reply } from '../http.js'

/** The release of the real node that this one answers like. */
const version = '0.10.3rc5'

export const getVersion: Handler = ({ node: { instance } }) => ({
  ...spaced({ version }),
  ...(instance === undefined ? {} : { headers: { [instanceHeader]: instance } }),
})

/** Nobody else can reach it: it has no peers. */
export const getPublicInfo = (): Reply => spaced({ node_multi_addresses: [] })

/** A plain request where a WebSocket is. */
export function refusePlainRequest({ request }: Context): Reply {
  const wish = request.headers.upgrade ?? 'None'
  throw new HttpError(400, `No WebSocket UPGRADE hdr: ${wish}\n Can "Upgrade" only to "WebSocket".`)
}

/** What this node can count; what belongs to networks and chains stays at nothing. */
function metrics({ node: { state, live } }: Context): Record<string, number | null | Record<string, string>> {
  const { messages, files } = state
  let pending = 0
  for (const { status } of messages.statuses.values()) if (status === 'pending') pending++
  return {
    pyaleph_build_info: { python_version: 'none', version },
    pyaleph_status_peers_total: 0,
    pyaleph_status_sync_messages_total: messages.live.size,
    pyaleph_status_sync_permanent_files_total: files.byOwner.size,
    pyaleph_status_sync_pending_messages_total: pending,
    pyaleph_status_sync_pending_txs_total: 0,
    pyaleph_status_chain_eth_last_committed_height: null,
    pyaleph_processing_pending_messages_seen_ids_total: null,
    pyaleph_processing_pending_messages_tasks_total: 0,
    pyaleph_processing_pending_messages_aggregate_tasks: 0,
    pyaleph_processing_pending_messages_forget_tasks: 0,
    pyaleph_processing_pending_messages_post_tasks: 0,
    pyaleph_processing_pending_messages_program_tasks: 0,
    pyaleph_processing_pending_messages_store_tasks: 0,
    pyaleph_processing_pending_messages_action_total: null,
    pyaleph_status_sync_messages_reference_total: null,
    pyaleph_status_sync_messages_remaining_total: null,
    pyaleph_status_chain_eth_height_reference_total: null,
    pyaleph_status_chain_eth_height_remaining_total: null,
    pyaleph_ws_messages_connections_active: live.connections,
    pyaleph_ws_messages_connections_max: live.options.maxConnections,
    pyaleph_ws_status_connections_active: 0,
    pyaleph_ws_status_connections_max: 0,
    pyaleph_ws_messages_broadcast_total: live.counts.broadcast,
    pyaleph_ws_messages_connections_rejected_total: live.counts.rejected,
    pyaleph_ws_status_connections_rejected_total: 0,
    pyaleph_ws_broadcaster_consumer_restarts_total: 0,
    pyaleph_store_fetch_ipfs_total: 0,
    pyaleph_store_fetch_ipfs_failed_total: 0,
    pyaleph_store_fetch_ipfs_duration_ms_sum: 0,
    pyaleph_store_fetch_storage_total: 0,
    pyaleph_store_fetch_storage_failed_total: 0,
    pyaleph_store_fetch_storage_duration_ms_sum: 0,
  }
}

export const getMetricsJson: Handler = context => spaced(metrics(context))

/** The same for Prometheus: nothing instead of null, labels where the value is an object. */
export const getMetrics: Handler = context => {
  const lines = Object.entries(metrics(context)).flatMap(([name, value]) => {
    if (value === null) return []
    if (typeof value === 'number') return [`${name} ${value}`]
    const labels = Object.entries(value).map(([label, each]) => `${label}=${JSON.stringify(each)}`)
    return [`${name}{${labels.join(',')}} 1`]
  })
  return text(lines.join('\n'), 200)
}

// What `npm start` publishes on a fresh local node, so that no list is empty at the first look.

/** `client` is the client module, `url` the local node's, `workspace` the folder of sample files. */
export async function publish(client, url, workspace) {
  void client
  void url
  void workspace
}

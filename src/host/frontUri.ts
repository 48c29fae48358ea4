// The document of the tab in front, whatever shows it.
import { TabInputCustom, TabInputText, window, type Uri } from 'vscode'

export function frontUri(): Uri | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input
  if (input instanceof TabInputCustom || input instanceof TabInputText) return input.uri
  return window.activeTextEditor?.document.uri
}

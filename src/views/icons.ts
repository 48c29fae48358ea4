// Icons that several views share: codicons in colours of the theme.
import { ThemeColor, ThemeIcon } from 'vscode'

export const failedIcon = new ThemeIcon('error', new ThemeColor('list.errorForeground'))

// What Node's tests that are ES modules find as `../common/index.mjs`.

import { createRequire } from 'node:module';
import common from './index.js';

export const {
  allowGlobals, buildType, canCreateSymLink, enoughTestMem, expectWarning, expectsError, getArrayBufferViews, getBufferSources, getTTYfd, hasCrypto, hasInspector, hasIPv6,
  hasIntl, hasQuic, hasSQLite, isAIX, isFreeBSD, isIBMi, isInsideDirWithUnusualChars, isLinux, isMacOS, isMainThread, isOpenBSD, isSunOS, isWindows, mustCall, mustCallAtLeast,
  mustNotCall, mustNotMutateObjectDeep, mustSucceed, platformTimeout, printSkipMessage, runWithInvalidFD, skip, skipIf32Bits, skipIfInspectorDisabled, skipIfSQLiteMissing, sleepSync,
} = common;
export { createRequire };

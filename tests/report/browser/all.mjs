// All tests of the page in one process, so that the browser starts once and each report is built
// once.

import './page.test.mjs';
import './marks.test.mjs';
import './layout.test.mjs';
import './scriptless.test.mjs';
import './access.test.mjs';
import './print.test.mjs';
import './hostile.test.mjs';
import './interaction.test.mjs';

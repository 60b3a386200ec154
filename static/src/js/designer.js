// The designers of forms and flows; both edit the app's one draft document.
import "./designer/form-designer.js";
import "./designer/flow-designer.js";

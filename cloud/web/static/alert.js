// One alert's page: ages that stay true, and acknowledging in place.

import { acknowledgeInPlace } from "./acknowledge.js";
import { keepAges } from "./ages.js";
import { ServiceClock } from "./clock.js";

const page = document.querySelector("[data-now-ms]");

keepAges(new ServiceClock(Number(page.dataset.nowMs)));
acknowledgeInPlace(page.dataset, () => location.replace(location.pathname));

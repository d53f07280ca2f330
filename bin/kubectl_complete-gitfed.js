#!/usr/bin/env node
// kubectl asks here what could follow `kubectl gitfed`. The program sees by the name of this file how it was called.
void import('./gitfed.js');

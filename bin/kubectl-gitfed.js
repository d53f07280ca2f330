#!/usr/bin/env node
// The plug-in of kubectl: `kubectl gitfed`. The program sees by the name of this file how it was called.
void import('./gitfed.js');

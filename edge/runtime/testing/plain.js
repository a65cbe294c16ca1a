// Colours are the command line's, which knows whether a person looks.

import { disableDefaultColors } from 'tinyrainbow';

disableDefaultColors();

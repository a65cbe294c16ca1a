import { Decimal } from 'decimal.js';

export const run = () => [new Decimal(2).pow(0.5), new Decimal('0.1').plus('0.2'), Decimal.clone({ precision: 50 }).div(1, 3), new Decimal(255).toHexadecimal()].map(String);

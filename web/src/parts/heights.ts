// Where the rows of a long list are, when only those on the screen have ever been measured. The others are taken to be
// as high as the mean of the measured ones.

export class Heights {
  private readonly measured = new Map<number, number>();
  private sum = 0;
  private tops: Float64Array | undefined;

  constructor(
    private count: number,
    private readonly guess_px: number,
  ) {}

  resize(count: number): void {
    if (count === this.count) return;
    this.count = count;
    for (const [index, height] of this.measured) {
      if (index >= count) {
        this.measured.delete(index);
        this.sum -= height;
      }
    }
    this.tops = undefined;
  }

  forget(): void {
    this.measured.clear();
    this.sum = 0;
    this.tops = undefined;
  }

  /** True when the height is news. */
  measure(index: number, height: number): boolean {
    const old = this.measured.get(index);
    if (old === height) return false;
    this.measured.set(index, height);
    this.sum += height - (old ?? 0);
    this.tops = undefined;
    return true;
  }

  top(index: number): number {
    return this.table()[Math.max(0, Math.min(index, this.count))] ?? 0;
  }

  get total(): number {
    return this.top(this.count);
  }

  /** The row that covers the given distance from the top. */
  at(y: number): number {
    const tops = this.table();
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle + 1] ?? Infinity) <= y) low = middle + 1;
      else high = middle;
    }
    return Math.min(low, Math.max(0, this.count - 1));
  }

  private table(): Float64Array {
    if (this.tops) return this.tops;
    const mean = this.measured.size ? this.sum / this.measured.size : this.guess_px;
    const tops = new Float64Array(this.count + 1);
    for (let index = 0; index < this.count; index += 1) {
      tops[index + 1] = (tops[index] ?? 0) + (this.measured.get(index) ?? mean);
    }
    this.tops = tops;
    return tops;
  }
}

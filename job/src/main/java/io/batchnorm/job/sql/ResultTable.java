package io.batchnorm.job.sql;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * Prints rows as a table. The first of them decide how wide its columns are, so those wait until
 * there are enough, some time has passed or the rest has come; a wider cell later is shown in full.
 *
 * <p>A query whose rows are taken back or replaced shows what happens to each: {@code +I} comes,
 * {@code -U} and {@code +U} are before and after of a change, {@code -D} goes.
 */
final class ResultTable {
  private static final int WAITING = 1000;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);
  private static final String NULL = "NULL";
  private static final String GAP = "  ";

  private final PrintStream out;
  private final List<Column> columns;
  private final List<Row> waiting = new ArrayList<>();
  private final int[] widths;
  private boolean open;
  private boolean changes;
  private long count;
  private long first;

  ResultTable(ResolvedSchema schema, PrintStream out) {
    this.out = out;
    this.columns = schema.getColumns();
    this.widths = columns.stream().mapToInt(column -> column.getName().length()).toArray();
  }

  void add(Row row) {
    if (count++ == 0) {
      first = System.nanoTime();
    }
    if (open) {
      print(row);
      return;
    }
    waiting.add(row);
    if (waiting.size() >= WAITING || System.nanoTime() - first > LONGEST_WAIT.toNanos()) {
      open();
    }
  }

  void finish() {
    if (!open) {
      open();
    }
    out.printf("%,d %s%n", count, count == 1 ? "row" : "rows");
  }

  private void open() {
    open = true;
    for (Row row : waiting) {
      changes |= row.getKind() != RowKind.INSERT;
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], cell(row, i).length());
      }
    }
    print("op", columns.stream().map(Column::getName).toArray(String[]::new));
    print("--", Arrays.stream(widths).mapToObj("-"::repeat).toArray(String[]::new));
    waiting.forEach(this::print);
    waiting.clear();
  }

  private void print(Row row) {
    String[] cells = new String[widths.length];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = cell(row, i);
    }
    print(row.getKind().shortString(), cells);
  }

  private static String cell(Row row, int i) {
    Object value = row.getField(i);
    if (value == null) {
      return NULL;
    }
    return value instanceof Object[] array ? Arrays.deepToString(array) : value.toString();
  }

  /** The kind of a change that comes later than expected is told all the same. */
  private void print(String kind, String... cells) {
    StringBuilder line = new StringBuilder();
    if (changes || (open && !kind.equals("op") && !kind.equals("--") && !kind.equals("+I"))) {
      line.append(kind).append(GAP);
    }
    for (int i = 0; i < cells.length; i++) {
      String padding = " ".repeat(Math.max(0, widths[i] - cells[i].length()));
      line.append(i == 0 ? "" : GAP);
      line.append(isNumber(i) ? padding + cells[i] : cells[i] + padding);
    }
    out.println(line.toString().stripTrailing());
  }

  private boolean isNumber(int i) {
    return columns.get(i).getDataType().getLogicalType().is(LogicalTypeFamily.NUMERIC);
  }
}

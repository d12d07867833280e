package io.batchnorm.job.input;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.reader.SimpleStreamFormat;
import org.apache.flink.connector.file.src.reader.StreamFormat;
import org.apache.flink.core.fs.FSDataInputStream;

/** Rows of a CSV file with a header, UTF-8, RFC 4180; compressed ones by their suffix. */
final class CsvFormat extends SimpleStreamFormat<CsvRow> {
  private static final long serialVersionUID = 1L;

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final CsvColumns columns;

  CsvFormat(CsvColumns columns) {
    this.columns = columns;
  }

  /** Opens a table, behind the byte order mark that some programs write. */
  static CsvReader<CsvRecord> open(InputStream utf8) throws IOException {
    BufferedReader text = new BufferedReader(new InputStreamReader(utf8, StandardCharsets.UTF_8));
    text.mark(1);
    if (text.read() != BYTE_ORDER_MARK) {
      text.reset();
    }
    return CsvReader.builder()
        .skipEmptyLines(true)
        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
        .detectBomHeader(false)
        .ofCsvRecord(text);
  }

  @Override
  public StreamFormat.Reader<CsvRow> createReader(Configuration config, FSDataInputStream in)
      throws IOException {
    return new Rows(open(in), columns);
  }

  @Override
  public TypeInformation<CsvRow> getProducedType() {
    return TypeInformation.of(CsvRow.class);
  }

  private static final class Rows implements StreamFormat.Reader<CsvRow> {
    private final CsvReader<CsvRecord> reader;
    private final Iterator<CsvRecord> records;
    private final CsvRowParser parser;
    private long number;

    Rows(CsvReader<CsvRecord> reader, CsvColumns columns) {
      this.reader = reader;
      this.records = reader.iterator();
      List<String> header = records.hasNext() ? records.next().getFields() : List.of();
      this.parser = new CsvRowParser(columns, header);
    }

    @Override
    public CsvRow read() {
      if (!records.hasNext()) {
        return null;
      }
      number++;
      return parser.parse(number, records.next().getFields());
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}

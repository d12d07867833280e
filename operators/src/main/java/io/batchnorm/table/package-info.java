/**
 * Batch normalization for SQL and the Table API: functions over rows, which hand every number to
 * {@code core} and every decision about batches to {@code operator}. Adapters only.
 *
 * <p>A call that cannot work, such as a column that is not there or of a type without numbers, is
 * refused while the query is planned, by the column's name. A row that cannot be normalized comes
 * out with its reason and NULL for its normalized values, so no row disappears.
 */
package io.batchnorm.table;

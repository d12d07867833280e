package io.batchnorm.job.kafka;

import org.apache.flink.connector.base.DeliveryGuarantee;

/** What a failure may do to the records that are written. */
public enum Delivery {
  /** Nothing, for readers of committed records: these appear with each checkpoint. */
  EXACTLY_ONCE(DeliveryGuarantee.EXACTLY_ONCE),
  /** Some may come twice; they appear at once. */
  AT_LEAST_ONCE(DeliveryGuarantee.AT_LEAST_ONCE);

  private final DeliveryGuarantee guarantee;

  Delivery(DeliveryGuarantee guarantee) {
    this.guarantee = guarantee;
  }

  DeliveryGuarantee guarantee() {
    return guarantee;
  }
}

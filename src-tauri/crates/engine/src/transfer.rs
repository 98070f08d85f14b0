//! One transfer, from the walk to the receipt.

mod interface;

pub use interface::{
    Action, CheckTotals, Event, HashTotals, Hold, ItemWork, ObjectReply, Op, Record, RecordId, Registration, Request,
    RequestToken, Restored, UploadWork, View,
};

//! Deletions that meet a new image with the id of the old one.

use std::sync::Arc;

use image_tags::image::{Image, Refusal};
use image_tags::store::{ImageStore, WriteError};

use super::support::an_image;
use crate::backend::Database;
use crate::support::{author, replacing};

pub(crate) async fn deletion_of_a_replaced_image(database: Database) {
    let store: Arc<dyn ImageStore> = database.store(0, &[]).await;
    let image = store
        .create(an_image().try_into().unwrap(), &author())
        .await
        .unwrap();
    let replace = replacing(&store, image.id(), |image| image.protected = true);
    let check = |image: &Image| {
        replace();
        if image.protected {
            Err(Refusal::Protected(image.id()))
        } else {
            Ok(())
        }
    };
    let outcome = store.delete(image.id(), &author(), &check).await;
    assert!(
        matches!(outcome, Err(WriteError::Refused(Refusal::Protected(_)))),
        "{outcome:?}"
    );
    assert!(store.image(image.id()).await.unwrap().unwrap().protected);
}

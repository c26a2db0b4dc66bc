//! Random changes: a store against a plain model, which is a set of strings for each image.

use std::collections::BTreeSet;
use std::sync::Arc;

use image_tags::image::{Image, ImageId, Quota};
use image_tags::store::ImageStore;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::support::{Kept, author, tag};

#[derive(Clone, Debug)]
enum Step {
    Add(usize, String),
    Remove(usize, String),
    Replace(usize, BTreeSet<String>),
}

const IMAGES: usize = 3;
const QUOTA: usize = 4;

fn step() -> impl Strategy<Value = Step> {
    // Few different tags, so that steps affect the same tag.
    let text = || "[abAé ]{0,2}";
    prop_oneof![
        (0..IMAGES, text()).prop_map(|(image, text)| Step::Add(image, text)),
        (0..IMAGES, text()).prop_map(|(image, text)| Step::Remove(image, text)),
        (0..IMAGES, prop::collection::btree_set(text(), 0..4))
            .prop_map(|(image, texts)| Step::Replace(image, texts)),
    ]
}

/// Applies a step to the model. Returns whether the store has to accept it.
fn apply(model: &mut [BTreeSet<String>], step: &Step) -> bool {
    match step {
        Step::Add(image, text) => {
            let tags = &mut model[*image];
            let fits = tags.contains(text) || tags.len() < QUOTA;
            if fits {
                tags.insert(text.clone());
            }
            fits
        }
        Step::Remove(image, text) => model[*image].remove(text),
        Step::Replace(image, texts) => {
            model[*image].clone_from(texts);
            true
        }
    }
}

async fn run(store: Arc<dyn ImageStore>, steps: Vec<Step>) {
    let ids: [ImageId; IMAGES] = std::array::from_fn(|_| ImageId::random());
    for id in ids {
        store
            .create(
                Image::new(id, Timestamp::now()).try_into().unwrap(),
                &author(),
            )
            .await
            .unwrap();
    }
    let mut model = vec![BTreeSet::new(); IMAGES];
    let quota = Quota::new(QUOTA.try_into().unwrap());
    for step in steps {
        let outcome = match &step {
            Step::Add(image, text) => {
                store
                    .change(ids[*image], &author(), &|image| {
                        image.add_tag(&tag(text), quota)
                    })
                    .await
            }
            Step::Remove(image, text) => {
                store
                    .change(ids[*image], &author(), &|image| {
                        image.remove_tag(&tag(text))
                    })
                    .await
            }
            Step::Replace(image, texts) => {
                let change = |image: &mut Image| {
                    image.tags = texts.iter().map(|text| tag(text)).collect();
                    Ok(())
                };
                store.change(ids[*image], &author(), &change).await
            }
        };
        assert_eq!(outcome.is_ok(), apply(&mut model, &step), "{step:?}");
        for (id, wanted) in ids.iter().zip(&model) {
            let image = store.image(*id).await.unwrap().unwrap();
            let tags: BTreeSet<_> = image.tags.iter().map(ToString::to_string).collect();
            assert_eq!(&tags, wanted, "after {step:?}");
        }
    }
}

/// Runs random steps on a new store and on the model, and compares the two after each step.
pub(crate) fn check<F: Future<Output = Arc<dyn ImageStore>>>(new_store: fn() -> F, _: Kept) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    proptest!(ProptestConfig::with_cases(64), |(steps in prop::collection::vec(step(), 1..40))| {
        runtime.block_on(async { run(new_store().await, steps).await });
    });
}

"""The transformer: what it finds, in which container, and that scikit-learn takes it for one of its own."""

import io
import pickle
import sys

import numpy as np
import PIL.Image
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import pixmeans as pm

NUMBERS = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 4)),
    elements=st.integers(-40, 40).map(float),
)
COLORS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.sampled_from([3, 4])))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")
def test_scikit_learn_accepts_it_as_one_of_its_own():
    from sklearn.utils.estimator_checks import check_estimator

    results = check_estimator(pm.ColorQuantizer(), on_skip=None, on_fail=None)
    assert [(one["check_name"], one["exception"]) for one in results if one["status"] == "failed"] == []
    assert sum(one["status"] == "passed" for one in results) > 40


@pytest.mark.slow
@given(st.one_of(NUMBERS, COLORS), st.integers(1, 8))
@settings(max_examples=examples(30))
def test_what_it_finds_hangs_together(rows, k):
    if rows.dtype == np.uint8 and rows.shape[1] == 4 and len(set(rows[:, 3] > 0)) == 2 and k == 1:
        with pytest.raises(pm.SettingsError, match="k must be at least 2 for a picture with transparent"):
            pm.ColorQuantizer(k).fit(rows)
        return
    model = pm.ColorQuantizer(k, output="indices").fit(rows)
    indices = model.transform(rows)
    colors = model.inverse_transform(indices)
    assert indices.shape == (len(rows),)
    assert colors.shape == rows.shape
    assert len(model.cluster_centers_) <= min(k, len(np.unique(rows, axis=0)))
    squared = ((rows.astype(float) - colors) ** 2).sum()
    assert model.inertia_ == pytest.approx(squared)
    assert model.score(rows) == pytest.approx(-squared / len(rows))
    direct = pm.ColorQuantizer(k).fit(rows)
    assert (direct.transform(rows) == colors).all()
    assert (direct.inverse_transform(direct.transform(rows)) == colors).all()
    if rows.dtype == np.uint8:
        assert colors.dtype == np.uint8


@pytest.mark.slow
@given(st.one_of(NUMBERS, arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(3)))), st.integers(1, 8))
@settings(max_examples=examples(30))
def test_no_color_is_nearer_than_the_one_that_is_given(rows, k):
    model = pm.ColorQuantizer(k).fit(rows)
    given = ((rows.astype(float) - model.transform(rows)) ** 2).sum(axis=1)
    every = ((rows[:, None].astype(float) - model.cluster_centers_[None]) ** 2).sum(axis=2)
    assert np.allclose(given, every.min(axis=1))


@pytest.mark.parametrize("space", ["rgb", "oklab"])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_is_its_rows(space, channels):
    picture = blobs(2, 30 * 20)
    picture = np.hstack([picture, np.full((600, 1), 255, np.uint8)])[:, :channels].reshape(30, 20, channels)
    model = pm.ColorQuantizer(6, space=space).fit(picture)
    of_rows = pm.ColorQuantizer(6, space=space).fit(picture.reshape(-1, channels))
    assert (model.cluster_centers_ == of_rows.cluster_centers_).all()
    assert (model.transform(picture).reshape(-1, channels) == of_rows.transform(picture.reshape(-1, channels))).all()


def encoded(picture):
    stream = io.BytesIO()
    PIL.Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("output", ["colors", "indices"])
@pytest.mark.parametrize("container", [PIL.Image.fromarray, encoded, lambda picture: io.BytesIO(encoded(picture))])
def test_other_pictures_are_their_arrays(container, output):
    picture = blobs(2, 30 * 20).reshape(30, 20, 3)
    model = pm.ColorQuantizer(6, output=output)
    wanted = model.fit_transform(picture)
    found = model.fit(container(picture)).transform(container(picture))
    assert isinstance(found, PIL.Image.Image) == (output == "colors")
    assert (np.asarray(found) == wanted).all()


@pytest.mark.parametrize("kind", [list, tuple])
def test_many_pictures_are_fitted_together_and_come_back_as_many(kind):
    pictures = [blobs(seed, 30 * 20).reshape(30 if seed else 10, -1, 3) for seed in range(3)]
    rows = np.concatenate([one.reshape(-1, 3) for one in pictures])
    model = pm.ColorQuantizer(6, output="indices").fit(kind(pictures))
    assert (model.cluster_centers_ == pm.ColorQuantizer(6).fit(rows).cluster_centers_).all()
    indices = model.transform(kind(pictures))
    assert [one.shape for one in indices] == [one.shape[:2] for one in pictures]
    colors = model.inverse_transform(indices)
    assert all((one == model.cluster_centers_[index]).all() for one, index in zip(colors, indices, strict=True))


def test_of_pictures_with_and_without_alpha_those_without_are_opaque():
    picture = blobs(1, 200).reshape(10, 20, 3)
    faint = np.dstack([picture, np.full((10, 20), 100, np.uint8)])
    model = pm.ColorQuantizer(8).fit([picture, faint])
    opaque, translucent = model.transform([picture, faint])
    assert set(opaque[..., 3].ravel()) == {255}
    assert set(translucent[..., 3].ravel()) == {100}


def test_transparent_pixels_get_the_faintest_color_where_there_is_none_for_them():
    model = pm.ColorQuantizer(2).fit(np.array([[9, 9, 9, 255], [200, 0, 0, 90]], np.uint8))
    assert model.transform(np.array([[0, 0, 0, 0]], np.uint8))[0, 3] == 90


def test_it_works_in_pipelines_and_searches():
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler

    rows = blobs(5, 400).astype(float)
    flow = make_pipeline(MinMaxScaler(), pm.ColorQuantizer(4))
    assert np.unique(flow.fit_transform(rows), axis=0).shape == (4, 3)
    assert (flow.inverse_transform(flow.transform(rows)).shape) == rows.shape
    search = GridSearchCV(pm.ColorQuantizer(random_state=1), {"n_colors": [1, 2, 8]}, cv=3).fit(rows)
    assert search.best_params_ == {"n_colors": 8}
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert repr(clone(search.best_estimator_)) == "ColorQuantizer(n_colors=8, random_state=1)"
    pictures = [blobs(seed, 200).reshape(10, 20, 3) for seed in range(4)]
    assert GridSearchCV(pm.ColorQuantizer(), {"n_colors": [1, 8]}, cv=2).fit(pictures).best_params_["n_colors"] == 8


def test_it_can_be_sent_to_other_processes():
    picture = blobs(5, 400).reshape(20, 20, 3)
    model = pm.ColorQuantizer(4).fit(picture)
    assert (pickle.loads(pickle.dumps(model)).transform(picture) == model.transform(picture)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_colors": 0}, "n_colors must be a whole number of at least 1, got 0"),
        ({"n_colors": 70000}, "n_colors must be 1 to 65536, got 70000"),
        ({"space": "lab"}, "space must be one of rgb, luma, oklab, got 'lab'"),
        ({"space": "oklab"}, "space 'oklab' is for uint8 colors"),
        ({"n_init": 0}, "n_init must be a whole number of at least 1, got 0"),
        ({"random_state": "a"}, "random_state must be a whole number"),
        ({"output": "both"}, "output must be one of colors, indices, got 'both'"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        pm.ColorQuantizer(**arguments).fit([[0.0], [1.0]])


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        ([np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3))], "pictures must be of one kind"),
        ([np.zeros((2, 2, 2)), np.zeros((2, 2, 3))], "pictures must be of one kind"),
        (np.zeros((0, 2, 3), np.uint8), "0 sample"),
        (np.zeros((2, 0, 3), np.uint8), "0 sample"),
    ],
)
def test_what_is_no_picture_is_named(pictures, message):
    with pytest.raises(ValueError, match=message):
        pm.ColorQuantizer().fit(pictures)


def test_indices_that_there_are_not_are_named():
    model = pm.ColorQuantizer(2, output="indices").fit([[0.0], [1.0]])
    for wrong in ([2], [-1]):
        with pytest.raises(ValueError, match="indices must be 0 to 1, got"):
            model.inverse_transform(wrong)
    with pytest.raises(ValueError, match="whole numbers, got float64"):
        model.inverse_transform([0.0])
    with pytest.raises(ValueError, match="X has 4 features, but ColorQuantizer is expecting 3"):
        pm.ColorQuantizer().fit(np.zeros((2, 3), np.uint8)).transform(np.zeros((2, 4), np.uint8))


@pytest.mark.parametrize("model", [pm.ColorQuantizer, pm.KMeans, pm.KMOR])
def test_without_scikit_learn_an_estimator_works_and_says_when_it_is_not_fitted(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.exceptions", None)
    rows = [[0.0], [1.0], [10.0]]
    with pytest.raises(ValueError, match=f"This {model.__name__} instance is not fitted yet"):
        model(2).transform(rows)
    assert len(model(2).fit(rows).transform(rows)) == 3

# docker build -t pixmeans . && docker run --rm -v "$PWD:/pictures" -u "$(id -u)" pixmeans photo.png
FROM python:3.13-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY pyproject.toml setup.py MANIFEST.in README.md CHANGELOG.md LICENSE /source/
COPY src /source/src
RUN pip wheel --no-cache-dir --wheel-dir /wheels /source

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels pixmeans \
    && useradd --create-home --uid 1000 pixmeans
USER pixmeans
# Matplotlib and fontconfig keep what they find out; any user may.
ENV MPLCONFIGDIR=/tmp/matplotlib
WORKDIR /pictures
ENTRYPOINT ["pixmeans"]
CMD ["--help"]

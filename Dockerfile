# The server with its default network inside; no network is needed at run time.
FROM python:3.11-slim AS build

# CPU builds: a tenth of the size of the default ones. Set to "" for the default index.
ARG TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/convscope
WORKDIR /source
COPY constraints.txt ./
RUN /opt/convscope/bin/pip install --constraint constraints.txt \
        ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} torch==2.13.0 torchvision==0.28.0
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY models models
COPY convscope convscope
# Editable, because the server reads static/ and templates/ beside the code; /source is copied below.
RUN /opt/convscope/bin/pip install --constraint constraints.txt --editable .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 convscope \
    && install --directory --owner convscope /home/convscope/.cache/convscope
COPY --from=build /opt/convscope /opt/convscope
COPY --from=build --chown=root:root /source /source
WORKDIR /source
COPY static static
COPY templates templates

USER convscope
ENV PATH=/opt/convscope/bin:$PATH PYTHONUNBUFFERED=1
# It listens for everybody who reaches the container, and so it starts only when it was told who may
# use it: docker run -e CONVSCOPE_TOKEN=... for those with the token, or -e CONVSCOPE_PUBLIC=true.
EXPOSE 8000
# Downloaded weights; mount a volume here to keep them.
VOLUME /home/convscope/.cache/convscope
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["python", "-m", "app", "--host", "0.0.0.0", "--port", "8000"]

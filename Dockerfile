# Two stages, because durable_rules is compiled where it is installed and the running image needs no compiler.
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY . /src
RUN python -m venv /opt/cart-cds \
    && /opt/cart-cds/bin/pip install --no-cache-dir --require-hashes -r /src/requirements.lock \
    && /opt/cart-cds/bin/pip install --no-cache-dir --no-deps /src

FROM python:3.12-slim
RUN useradd --system --create-home cart-cds && install -d -m 0700 -o cart-cds -g cart-cds /var/lib/cart-cds
COPY --from=build /opt/cart-cds /opt/cart-cds
USER cart-cds
VOLUME /var/lib/cart-cds
EXPOSE 8080
ENV PATH=/opt/cart-cds/bin:$PATH CART_CDS_HOST=0.0.0.0 CART_CDS_DATA_DIR=/var/lib/cart-cds
HEALTHCHECK CMD ["cart-cds", "wait", "--seconds", "2", "http://127.0.0.1:8080"]
CMD ["cart-cds", "serve"]

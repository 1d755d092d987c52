# Two stages, because durable_rules is compiled where it is installed and the running image needs no compiler.
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY . /src
RUN python -m venv /opt/cart-cds && /opt/cart-cds/bin/pip install --no-cache-dir /src

FROM python:3.12-slim
RUN useradd --system --create-home cart-cds
COPY --from=build /opt/cart-cds /opt/cart-cds
USER cart-cds
EXPOSE 8080
ENV PATH=/opt/cart-cds/bin:$PATH CART_CDS_HOST=0.0.0.0
HEALTHCHECK CMD ["cart-cds", "wait", "--seconds", "2", "http://127.0.0.1:8080"]
CMD ["cart-cds", "serve"]

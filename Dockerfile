# A hub in a container (docs/cowork.md):
#   docker build --tag fromscratch-hub .
#   docker run --detach --init --restart unless-stopped --name hub --publish 8765:8765 --volume hub:/data \
#     fromscratch-hub --public-address hub.example.org:8765
#   docker logs hub
FROM python:3.12-slim
WORKDIR /opt/fromscratch
COPY pyproject.toml constraints.txt README.md fromscratch.py ./
COPY exercises exercises
COPY reference reference
COPY learner learner
COPY engine engine
COPY grader grader
COPY playground playground
COPY cowork cowork
COPY tui tui
RUN python -m pip install --no-cache-dir --constraint constraints.txt . \
 && useradd --create-home hub && install --directory --owner hub --mode 700 /data
USER hub
RUN fromscratch models add gpt2-vocabulary
ENV PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=1m --start-period=1m \
  CMD ["fromscratch", "host", "--data", "/data", "--check"]
ENTRYPOINT ["fromscratch", "host", "--data", "/data", "--address", "0.0.0.0"]

# The gateway as a container image:
#
#   docker build -t matrixedge --build-arg COMMIT=$(git rev-parse HEAD) .
#   docker run -d --name matrixedge -p 80:80 -p 443:443 -p 8448:8448 --stop-timeout 45 \
#     -v /etc/matrixedge:/etc/matrixedge:ro -v matrixedge:/var/lib/matrixedge matrixedge
#
# It runs as user 1654, never as root. Ports below 1024 need no right in a network namespace of the container's own:
# Docker sets net.ipv4.ip_unprivileged_port_start=0 there (since 20.10). Where an engine does not, add
# --sysctl net.ipv4.ip_unprivileged_port_start=0. With --network host the host's own setting counts.

FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG COMMIT=
WORKDIR /source
COPY . .
RUN dotnet publish src/MatrixEdge -c Release -r linux-x64 -o /out \
  ${COMMIT:+-p:SourceRevisionId=$COMMIT}

# What the runtime needs, for the program brings the runtime itself along. Not the chiseled variant: the health check below needs a shell.
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble
LABEL org.opencontainers.image.title="MatrixEdge" \
      org.opencontainers.image.description="A gateway that makes a Matrix homeserver reachable and federating"

COPY --from=build /out /opt/matrixedge

# A new volume takes over owner and mode of this directory.
RUN install -d -m 0700 -o $APP_UID -g $APP_UID /var/lib/matrixedge
VOLUME /var/lib/matrixedge

# Named, so that a forgotten mount is an error and not local mode. Set it to "" to configure by variables alone.
ENV MATRIXEDGE_CONFIG=/etc/matrixedge/appsettings.json

USER $APP_UID
EXPOSE 80 443 8448
STOPSIGNAL SIGTERM

# There is no curl in the image; bash opens the connection itself. The port is that of Listen:Admin.
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s \
  CMD ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -t 5 -r _ status _ <&3 && [ \"$status\" = 200 ]"]

ENTRYPOINT ["/opt/matrixedge/matrixedge"]
CMD ["serve"]

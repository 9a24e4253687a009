#!/usr/bin/env python3
"""service-manager.py SOCKET PROGRAM ARGUMENT...

Stands for systemd in tests: runs a program with NOTIFY_SOCKET, holds the descriptors that it stores (FDSTORE, FDSTOREREMOVE, FDNAME of
sd_notify(3)), and starts it again with them whenever it ends (sd_listen_fds_with_names(3)). Each line of its output is the list of the names stored.
"""
import os
import select
import socket
import sys

address, command = sys.argv[1], sys.argv[2:]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
manager.bind(address)
store = []


def start():
    pid = os.fork()
    if pid != 0:
        return pid
    # First out of the way, so that no target is the place of another one.
    moved = [os.dup2(file, 1000 + i) for i, (_, file) in enumerate(store)]
    for i, file in enumerate(moved):
        os.dup2(file, 3 + i, inheritable=True)
    os.closerange(3 + len(moved), 2000)
    environment = dict(os.environ, NOTIFY_SOCKET=address)
    if store:
        environment.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(store)), LISTEN_FDNAMES=":".join(name for name, _ in store))
    os.execve(command[0], command, environment)


def receive():
    message, files, _, _ = socket.recv_fds(manager, 4096, 8)
    fields = dict(line.split("=", 1) for line in message.decode().splitlines())
    if "FDSTORE" in fields:
        for file in files:
            store.insert(0, (fields["FDNAME"], file))  # as systemd does: what was stored last is returned first
    elif "FDSTOREREMOVE" in fields:
        for entry in [entry for entry in store if entry[0] == fields["FDNAME"]]:
            store.remove(entry)
            os.close(entry[1])
    print(" ".join(sorted(name for name, _ in store)), flush=True)


while True:
    child = start()
    end = os.pidfd_open(child)
    while end not in (ready := select.select([manager, end], [], [])[0]):
        receive()
    while select.select([manager], [], [], 0)[0]:
        receive()
    os.waitpid(child, 0)
    os.close(end)

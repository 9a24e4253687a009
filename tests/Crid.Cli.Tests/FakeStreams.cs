using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Crid.Cli.Tests;

/// <summary>The server's side of the streams, as far as the verbs see it.</summary>
internal static class FakeStreams
{
    /// <summary>A command that ends at once with the exit code of the state; one that ends with 99 never does.</summary>
    public static async Task ServeCommandAsync(HttpContext context, FakeState state)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols[0]);
        await SendAsync(socket, "\u0001out\n");
        if (state.ExitCode == 99)
        {
            await socket.ReceiveAsync(new byte[1].AsMemory(), context.RequestAborted);
            return;
        }

        string status = state.ExitCode == 0
            ? """{"status":"Success"}"""
            : $$$"""{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"{{{state.ExitCode}}}"}]}}""";
        await SendAsync(socket, $"\u0003{status}");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }

    /// <summary>A port that sends back what it gets, until the client has half-closed.</summary>
    public static async Task ServePortAsync(HttpContext context)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync("v5.channel.k8s.io");
        await SendAsync(socket, "\0P\0");
        await SendAsync(socket, "\u0001P\0");
        byte[] buffer = new byte[1000];
        ValueWebSocketReceiveResult result;
        do
        {
            result = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            await socket.SendAsync(buffer.AsMemory(0, result.Count), WebSocketMessageType.Binary, endOfMessage: true, context.RequestAborted);
        }
        while (buffer[0] != 255);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }

    private static Task SendAsync(WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
}

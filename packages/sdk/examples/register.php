<?php

/**
 * Registers a visitor from a server of yours, with an internal key. Copy this file.
 *
 * $key is this visitor's idempotency key: bin2hex(random_bytes(16)), kept with your own record before the call, so that calling again
 * never registers twice. Returns the answer as an array; throws where there is none.
 */
function register_visitor(string $email, string $name, string $visitorId, array $trafficParams, string $key): array
{
    $request = curl_init('https://reg.example.com/api/users/orchestrate-registration');
    curl_setopt_array($request, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 30,
        CURLOPT_HTTPHEADER => [
            'Content-Type: application/json',
            'Authorization: Bearer ' . getenv('REGISTRATION_KEY'),
            'Idempotency-Key: ' . $key,
        ],
        CURLOPT_POSTFIELDS => json_encode([
            'email' => $email,
            'name' => $name,
            'visitorId' => $visitorId,
            // An empty PHP array would be a list.
            'trafficParams' => (object) $trafficParams,
            'clientIp' => $_SERVER['REMOTE_ADDR'],
        ], JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE),
    ]);
    $body = curl_exec($request);
    if ($body === false) {
        throw new RuntimeException('No answer: call again with the same key. ' . curl_error($request));
    }
    // The error page of a proxy is no answer either, and throws.
    return json_decode($body, true, 64, JSON_THROW_ON_ERROR);
}

$answer = register_visitor($_POST['email'], $_POST['name'] ?? '', $_POST['visitorId'], ['tag' => $_GET['tag'] ?? ''], $key);

if ($answer['success']) {
    // No link where the partner has the account and its link is missing: send the visitor to the partner's log-in.
    header('Location: ' . ($answer['depositUrl'] ?? 'https://' . $answer['userData']['domain']));
} elseif ($answer['code'] === 'PENDING') {
    // Not known yet: ask again in $answer['retryAfterMs'] milliseconds, with the same key.
    header('Refresh: ' . ceil($answer['retryAfterMs'] / 1000));
} else {
    // A sentence fit to show.
    echo htmlspecialchars($answer['error']);
}

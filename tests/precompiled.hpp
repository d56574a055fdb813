#pragma once

#include "third_party/precompiled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
